// A program with an input, given by name: quapsule run examples/rotation.qasm --shots 1000 -p theta=1.2
OPENQASM 3.0;
include "stdgates.inc";

input float theta;

qubit q;
bit c;

ry(theta) q;    // 1 is seen with probability sin(theta/2)^2

c = measure q;
