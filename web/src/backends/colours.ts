import { scaleLinear, scaleLog } from "d3-scale";
import type { Spread } from "./metric";

// Cividis (Nuñez, Anderton and Renslow, 2018): even steps in lightness, and the same to people with and without colour blindness.
const STOPS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"];
/** Between 0 and 1, where text on the colour is dark from here on. */
const LIGHT = 0.52;

export interface Scale {
  /** From 0 (lowest) to 1 (highest). */
  share: (value: number) => number;
  colour: (value: number) => string;
  isLight: (value: number) => boolean;
}

const ramp = scaleLinear<string>(
  STOPS.map((_, place) => place / (STOPS.length - 1)),
  STOPS,
);

/** By ratios where the values differ by more than a factor of eight, as errors do. */
export function scaleOf({ low, high }: Spread): Scale {
  const scale = low > 0 && high / low > 8 ? scaleLog([low, high], [0, 1]) : scaleLinear([low, high], [0, 1]);
  const share = (value: number): number => (low === high ? 0.5 : Math.min(1, Math.max(0, scale(value))));
  return { share, colour: (value) => ramp(share(value)), isLight: (value) => share(value) >= LIGHT };
}

/** The colours from low to high, for a legend. */
export const legendStops: readonly { at: number; colour: string }[] = STOPS.map((colour, place) => ({ at: place / (STOPS.length - 1), colour }));
