// name: Quantum Fourier transform
// description: Reads a frequency: |k> gets the phase k*theta, and the inverse transform turns theta into the number theta/(2 pi)*16
//   (c[0] is its lowest bit).
// category: Algorithms
// qubits: 4
// parameters: {"shots": 1000, "theta": 1.1780972450961724}
OPENQASM 3.0;
include "stdgates.inc";

input float theta;
const int n = 4;

qubit[n] q;
bit[n] c;

h q;
for int i in [0:n - 1] {
  p(theta * 2 ** i) q[i];
}

// The inverse transform. Instead of swapping qubits it takes them from the top.
for int target in [0:n - 1] {
  for int control in [0:target - 1] {
    cp(-pi / 2 ** (target - control)) q[n - 1 - control], q[n - 1 - target];
  }
  h q[n - 1 - target];
}

for int i in [0:n - 1] {
  c[i] = measure q[n - 1 - i];
}
