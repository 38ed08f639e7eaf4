OPENQASM 3.0;
include "stdgates.inc";

// The state of q[0] goes to q[2], by an entangled pair
// and two bits that are measured on the way.
// "out" is 1 with probability sin(pi/6)^2 = 1/4.
qubit[3] q;
bit[2] sent;
bit out;

ry(pi/3) q[0];

// The pair that both sides share.
h q[1];
cx q[1], q[2];

// The sender measures in the Bell basis ...
cx q[0], q[1];
h q[0];
sent[0] = measure q[0];
sent[1] = measure q[1];

// ... and the receiver corrects by what was sent.
if (sent[1] == 1) {
  x q[2];
}
if (sent[0] == 1) {
  z q[2];
}

out = measure q[2];
