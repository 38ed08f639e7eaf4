// name: Grover search
// description: Finds the marked item 101 among eight in two steps. theta is the phase that the oracle gives it: pi searches, 0 does not.
// category: Algorithms
// qubits: 3
// parameters: {"shots": 1000, "theta": 3.141592653589793}
OPENQASM 3.0;
include "stdgates.inc";

input float theta;

// The oracle: |101> (qubit 1 is the zero) gets a phase.
gate oracle(turn) a, b, c_ {
  x b;
  ctrl(2) @ p(turn) a, b, c_;
  x b;
}

// Reflection about the mean.
gate diffuser a, b, c_ {
  h a; h b; h c_;
  x a; x b; x c_;
  ctrl(2) @ z a, b, c_;
  x a; x b; x c_;
  h a; h b; h c_;
}

qubit[3] q;
bit[3] c;

h q;
for int step in [1:2] {
  oracle(theta) q[0], q[1], q[2];
  diffuser q[0], q[1], q[2];
}

c = measure q;
