declare module "quantum-circuit/dist/quantum-circuit.min.js" {
  /** As much of the package as is used here. It has no types of its own. */
  export default class QuantumCircuit {
    /** OpenQASM 2 alone. Errors of the text go to `failed`. */
    importQASM(text: string, failed: (errors: readonly unknown[]) => void): void;
    run(initialValues: null, options: { onGate: (column: number, wire: number, count: number) => void }): void;
    /** Amplitudes that are not 0, by index: bit n of it is qubit n. */
    state: Record<string, { re: number; im: number } | number>;
  }
}
