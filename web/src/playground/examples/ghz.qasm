OPENQASM 3.0;
include "stdgates.inc";

// All qubits 0 or all qubits 1, and nothing between.
// Change n for another size.
const int n = 5;
qubit[n] q;
bit[n] c;

h q[0];
for int i in [1:n - 1] {
  cx q[i - 1], q[i];
}

c = measure q;
