"""What runs inside the box that mitigates errors: plans of further programs, and what their counts say. Built on mitiq."""
