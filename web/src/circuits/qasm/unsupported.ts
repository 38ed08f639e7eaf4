const NOWHERE = "Neither the browser nor the server runs";
const SERVER = "The browser does not run it; server mode does.";

/** What is read over as a whole, by the word it begins with: what to say of it. */
export const UNSUPPORTED: Readonly<Record<string, string>> = {
  def: `${NOWHERE} subroutines (def). Write this one as a gate, or where it is called.`,
  extern: `${NOWHERE} outside functions (extern). Write the value as a constant or an input.`,
  cal: `${NOWHERE} calibrations (cal). Leave them out.`,
  defcal: `${NOWHERE} calibrations (defcal). Leave them out.`,
  defcalgrammar: `${NOWHERE} calibrations (defcalgrammar). Leave them out.`,
  duration: `${NOWHERE} times that have a name (duration). Write the time where it is used.`,
  stretch: `${NOWHERE} times that stretch (stretch). Write the time where it is used.`,
  complex: `${NOWHERE} complex numbers. Use floats.`,
  switch: `${NOWHERE} switch. Use if and else.`,
  return: `${NOWHERE} subroutines, so there is nothing to return from. Remove the line.`,
  end: `${NOWHERE} end. A program ends where its text does.`,
  output: `${NOWHERE} outputs. Declare the bits without output: counts hold all of them.`,
  break: `break leaves a loop while the program runs. ${SERVER}`,
  continue: `continue cuts a loop short while the program runs. ${SERVER}`,
  delay: `A delay has no meaning without a device's time. ${SERVER}`,
};

/** OpenQASM 3 words that begin a statement, and what OpenQASM 2 has in their place. */
export const NOT_IN_2: Readonly<Record<string, string>> = {
  qubit: "Write `qreg q[2];`",
  bit: "Write `creg c[2];`",
  ...Object.fromEntries(
    [
      "const", "int", "uint", "float", "angle", "bool", "array", "input", "output", "let", "for", "while", "def", "extern", "box", "delay",
      "ctrl", "negctrl", "inv", "pow", "gphase", "switch", "duration", "stretch", "cal", "defcal", "defcalgrammar",
    ].map((word) => [word, "Write it out"]),
  ),
};
