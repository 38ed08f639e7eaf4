OPENQASM 3.0;
include "stdgates.inc";

// Grover's search among four items:
// one look finds the marked one, 10.
qubit[2] q;
bit[2] c;

h q;

// The oracle: a phase of -1 on q[0] = 1, q[1] = 0.
x q[1];
cz q[0], q[1];
x q[1];

// The reflection about the mean.
h q;
x q;
cz q[0], q[1];
x q;
h q;

c = measure q;
