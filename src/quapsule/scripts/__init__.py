"""Scripts: the library, its texts, and what an analysis finds in one."""
