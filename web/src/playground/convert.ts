import { useEffect, useRef, useState } from "preact/hooks";
import { answer, api, Refusal, type Shape } from "~/api/client";
import type { Circuit } from "~/circuits/circuit";
import type { Framework } from "./framework";

export interface Conversion {
  /** The text that was converted. */
  code: string;
  converted: Shape<"Converted"> | null;
  circuit: Circuit | null;
  refusal: Refusal | null;
}

export interface Converter {
  last: Conversion | null;
  since: number | null;
  /** Asks the server; null when it refused, or when it was asked again meanwhile. */
  convert: (code: string, framework: Framework | null, params: Record<string, unknown>) => Promise<Shape<"Converted"> | null>;
}

/** Programs as OpenQASM 3, by the server. */
export function useConverter(): Converter {
  const [last, setLast] = useState<Conversion | null>(null);
  const [since, setSince] = useState<number | null>(null);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => () => abort.current?.abort(), []);
  return {
    last,
    since,
    convert: async (code, framework, params) => {
      abort.current?.abort();
      const mine = new AbortController();
      abort.current = mine;
      setSince(Date.now());
      try {
        const converted = await answer(api.POST("/api/playground/convert", { body: { code, framework, to: "qasm3", params }, signal: mine.signal }));
        const { parseQasm } = await import("~/circuits/qasm/parse");
        if (mine.signal.aborted) return null;
        setLast({ code, converted, circuit: parseQasm(converted.program).circuit, refusal: null });
        return converted;
      } catch (problem) {
        if (mine.signal.aborted) return null;
        if (!(problem instanceof Refusal)) throw problem;
        setLast({ code, converted: null, circuit: null, refusal: problem });
        return null;
      } finally {
        if (abort.current === mine) setSince(null);
      }
    },
  };
}
