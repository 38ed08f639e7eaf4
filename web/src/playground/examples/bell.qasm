OPENQASM 3.0;
include "stdgates.inc";

// Two entangled qubits: each alone is a coin toss,
// together they always agree.
qubit[2] q;
bit[2] c;

h q[0];
cx q[0], q[1];

c = measure q;
