// name: GHZ state
// description: Five qubits, all 0 or all 1. theta sets the share of all ones: pi/2 is the GHZ state. Edit n for another size.
// category: Fundamentals
// qubits: 5
// parameters: {"shots": 1000, "theta": 1.5707963267948966}
OPENQASM 3.0;
include "stdgates.inc";

input float theta;
const int n = 5;

qubit[n] q;
bit[n] c;

ry(theta) q[0];
for int i in [0:n - 2] {
  cx q[i], q[i + 1];    // each qubit copies the one before it
}

c = measure q;
