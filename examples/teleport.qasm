// Teleportation with feedback in mid-circuit: quapsule run examples/teleport.qasm --shots 1000 -p theta=0.9
// The state that qubit 0 is given arrives at qubit 2, where it is turned back: `arrived` is always 0.
OPENQASM 3.0;
include "stdgates.inc";

input float theta;

qubit[3] q;
bit phase_flip;
bit bit_flip;
bit arrived;

ry(theta) q[0];    // what is sent

h q[1];            // a Bell pair between sender and receiver
cx q[1], q[2];

cx q[0], q[1];     // the sender measures both of her qubits in the Bell basis
h q[0];
phase_flip = measure q[0];
bit_flip = measure q[1];

if (bit_flip) {
  x q[2];
}
if (phase_flip) {
  z q[2];
}

ry(-theta) q[2];
arrived = measure q[2];
