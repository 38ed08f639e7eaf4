import type { Backend } from "./backend";

type Pricing = Backend["pricing"];

/** What a run would cost, in USD: as the server estimates it (at most 6 decimals). `per_minute_usd`: time that comes on top, 0 for none. */
export interface Cost {
  total_usd: number;
  task_fee_usd: number;
  shots_usd: number;
  minimum_usd: number;
  per_minute_usd: number;
}

// Prices are decimal fractions, which binary ones would round: they are counted in units of 10^-18 USD.
const DIGITS = 18;
const KEPT = 6;

/** Null when the backend has no price list. `shots`: of each circuit. */
export function costOf(pricing: Pricing, shots: number, circuits: number): Cost | null {
  if (pricing === null) return null;
  const times = BigInt(circuits);
  const task = unitsOf(pricing.taskFee) * times;
  const perShot = unitsOf(pricing.perShot) * BigInt(shots) * times;
  const minimum = unitsOf(pricing.minimumCost) * times;
  const total = task + perShot > minimum ? task + perShot : minimum;
  return {
    total_usd: usdOf(total),
    task_fee_usd: usdOf(task),
    shots_usd: usdOf(perShot),
    minimum_usd: usdOf(minimum),
    per_minute_usd: usdOf(unitsOf(pricing.perMinute)),
  };
}

/** The price list in a sentence. */
export function sayPrice(pricing: Pricing): string {
  const cost = costOf(pricing, 1, 1);
  if (cost === null) return "not priced";
  if (cost.per_minute_usd > 0) return `${usd(pricing?.perMinute)} a minute, at least ${usd(pricing?.minimumCost)} a task`;
  if (cost.total_usd === 0) return "free";
  return `${usd(pricing?.taskFee)} a task and ${usd(pricing?.perShot)} a shot`;
}

/** What stands for the total where time comes on top, or where there is no price. */
export function sayCost(cost: Cost | null): string {
  if (cost === null) return "not priced";
  if (cost.per_minute_usd > 0) return `from ${usd(cost.total_usd)}`;
  return cost.total_usd === 0 ? "free" : usd(cost.total_usd);
}

export const isFree = (pricing: Pricing): boolean => sayPrice(pricing) === "free";

/** Where the prices are from and of which day, as the price list says. */
export function originOf(pricing: Pricing): { source: string; date: string; isChecked: boolean } | null {
  if (pricing === null) return null;
  return { source: String(pricing.source ?? "not said"), date: String(pricing.date ?? "not said"), isChecked: pricing.checked !== false };
}

function unitsOf(value: unknown): bigint {
  const [, digits = "0", fraction = "", exponent = "0"] = /^(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(String(value ?? 0)) ?? [];
  const shift = DIGITS - fraction.length + Number(exponent);
  const whole = BigInt(digits + fraction);
  return shift >= 0 ? whole * 10n ** BigInt(shift) : whole / 10n ** BigInt(-shift);
}

/** Rounded half to even, as the server does. */
function usdOf(units: bigint): number {
  const unit = 10n ** BigInt(DIGITS - KEPT);
  const [whole, rest] = [units / unit, units % unit];
  const up = rest * 2n > unit || (rest * 2n === unit && whole % 2n === 1n);
  return Number(whole + (up ? 1n : 0n)) / 10 ** KEPT;
}

/** An amount with all the digits that it has: what costs a hundredth of a cent is not nothing. */
export const usd = (value: unknown): string => `$${Number(value ?? 0).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 8 })}`;
