// name: Bell state
// description: Two entangled qubits that always agree. theta sets how much of |11> there is: pi/2 is the Bell state, 0 none.
// category: Fundamentals
// qubits: 2
// parameters: {"shots": 1000, "theta": 1.5707963267948966}
OPENQASM 3.0;
include "stdgates.inc";

input float theta;

qubit[2] q;
bit[2] c;

ry(theta) q[0];    // cos(theta/2)|0> + sin(theta/2)|1>
cx q[0], q[1];     // cos(theta/2)|00> + sin(theta/2)|11>

c = measure q;
