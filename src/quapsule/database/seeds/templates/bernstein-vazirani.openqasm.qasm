// name: Bernstein-Vazirani
// description: Reads the hidden string 10110 with a single question. theta is the phase of the answer qubit's kick: pi reads, 0 does not.
// category: Algorithms
// qubits: 5
// parameters: {"shots": 1000, "theta": 3.141592653589793}
OPENQASM 3.0;
include "stdgates.inc";

input float theta;
const int n = 5;

qubit[n] q;
bit[n] c;

h q;
// The oracle as a phase: bits 0, 2 and 3 of the secret are ones.
for int i in {0, 2, 3} {
  p(theta) q[i];
}
h q;

c = measure q;
