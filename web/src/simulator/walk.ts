import type { Generator } from "./generator";
import { apply, chanceOfOne, copyState, project, type State, zeroState } from "./kernels";
import type { Condition } from "./lower";
import { Ending, type Leaf, PARTS, partsOf } from "./outcomes";
import type { Plan } from "./plan";
import { MOST_OUTCOMES } from "./simulated";

/** Branches that are followed for the exact distribution; of the work that no shot asks for, so many updates of an amplitude. */
const MOST_LEAVES = 4096;
const MOST_EXTRA_WORK = 2 ** 31;
/** Copies of the state that wait for their turn, in bytes. */
const MOST_WAITING = 2 ** 29;
/** Of many branches, so many different outcomes are added up. */
const MOST_ADDED = 65_536;

export interface Walked {
  counts: Map<string, number>;
  /** Null: the branches are too many. */
  exact: { probabilities: Record<string, number>; truncated: boolean } | null;
}

/**
 * Follows a program with all its shots at once. Where a measurement or reset in its midst can go either way, the shots are dealt out by
 * chance and both ways are followed: what branches share is computed once, and a way that no shot takes only for the exact distribution,
 * as long as that stays small. `tell` hears fractions of the work.
 */
export function walk(plan: Plan, qubits: number, clbits: number, shots: number, random: Generator, tell: (fraction: number) => void): Walked {
  const walking = new Walk(plan, random, tell, 2 ** qubits, clbits);
  walking.follow({ state: zeroState(qubits), record: new Uint8Array(clbits), next: 0, shots, weight: 1, from: 0, to: 1 });
  return { counts: walking.counts, exact: walking.exact() };
}

/** One branch: `weight` is its probability, `from` to `to` its part of the work. */
interface Branch {
  state: State;
  record: Uint8Array;
  next: number;
  shots: number;
  weight: number;
  from: number;
  to: number;
}

class Walk {
  readonly counts = new Map<string, number>();
  private readonly sums = new Map<string, number>();
  private only: Leaf | null = null;
  /** Is the exact distribution still wanted? */
  private wanted = true;
  private leaves = 1;
  private extraWork = 0;
  private waiting = 0;
  private readonly ending: Ending;

  constructor(
    private readonly plan: Plan,
    private readonly random: Generator,
    private readonly tell: (fraction: number) => void,
    private readonly amplitudes: number,
    clbits: number,
  ) {
    this.ending = new Ending(plan.final, amplitudes, clbits);
  }

  exact(): Walked["exact"] {
    if (!this.wanted) return null;
    if (this.only !== null) return this.only.likeliest(MOST_OUTCOMES);
    const entries = [...this.sums].sort(([, a], [, b]) => b - a);
    const truncated = entries.length > MOST_OUTCOMES;
    return { probabilities: Object.fromEntries(entries.slice(0, MOST_OUTCOMES)), truncated };
  }

  follow(branch: Branch): void {
    const { steps } = this.plan;
    for (; branch.next < steps.length; branch.next++) {
      if (branch.shots === 0 && !this.worthwhile()) return;
      const step = steps[branch.next]!;
      if (!holds(step.condition, branch.record)) continue;
      if (step.kind === "unitary") {
        apply(branch.state, step.kernel);
        this.tell(branch.from + ((branch.to - branch.from) * (branch.next + 1)) / (steps.length + 1));
      } else {
        this.split(branch, step.bit, step.kind === "measure" ? step.clbit : null);
      }
    }
    this.end(branch);
  }

  /** Looks at a qubit. Leaves `branch` as one of the two ways, and follows the other to its end if somebody asks for it. */
  private split(branch: Branch, bit: number, clbit: number | null): void {
    const one = chanceOfOne(branch.state, bit);
    const parts = Math.min(partsOf(one), PARTS);
    if (parts === 0 || parts === PARTS) return this.take(branch, bit, clbit, parts === 0 ? 0 : 1, 1);
    let ones = 0;
    for (let shot = 0; shot < branch.shots; shot++) if (this.random.next48() < parts) ones += 1;
    // Fewer shots first (fewer chances, where there are none): the copies that wait are then at most some dozens, however long the program.
    const onesFirst = ones * 2 === branch.shots ? branch.shots === 0 && parts * 2 < PARTS : ones * 2 < branch.shots;
    const [first, last] = onesFirst ? ([1, 0] as const) : ([0, 1] as const);
    const shotsOf = (value: 0 | 1) => (value === 1 ? ones : branch.shots - ones);
    const chanceOf = (value: 0 | 1) => (value === 1 ? one : 1 - one);
    this.leaves += 1;
    if (this.leaves > MOST_LEAVES || (this.waiting + 2) * this.amplitudes * 16 > MOST_WAITING) this.wanted = false;
    if (shotsOf(first) > 0 || this.wanted) {
      const share = branch.shots === 0 ? chanceOf(first) : shotsOf(first) / branch.shots;
      const start = branch.from + ((branch.to - branch.from) * branch.next) / (this.plan.steps.length + 1);
      const middle = start + (branch.to - start) * share;
      const other = { ...branch, state: copyState(branch.state), record: branch.record.slice(), shots: shotsOf(first), from: start, to: middle };
      this.take(other, bit, clbit, first, chanceOf(first));
      this.waiting += 1;
      this.follow({ ...other, next: branch.next + 1 });
      this.waiting -= 1;
      branch.from = middle;
    }
    branch.shots = shotsOf(last);
    this.take(branch, bit, clbit, last, chanceOf(last));
  }

  private take(branch: Branch, bit: number, clbit: number | null, value: 0 | 1, chance: number): void {
    project(branch.state, bit, value, chance === 1 ? 1 : 1 / Math.sqrt(chance));
    branch.weight *= chance;
    if (clbit !== null) branch.record[clbit] = value;
    else if (value === 1) apply(branch.state, { kind: "flip", fixed: bit, set: 0, bit });
  }

  private end(branch: Branch): void {
    const leaf = this.ending.leaf(branch.state, branch.record);
    leaf.draw(this.random, branch.shots, this.counts);
    if (this.leaves === 1) this.only = leaf;
    else if (this.wanted) leaf.tell(branch.weight, this.sums, MOST_ADDED);
    if (this.sums.size > MOST_ADDED) this.wanted = false;
    this.tell(branch.to);
  }

  /** Is a branch that no shot took still followed? */
  private worthwhile(): boolean {
    this.extraWork += this.amplitudes;
    if (this.extraWork > MOST_EXTRA_WORK) this.wanted = false;
    return this.wanted;
  }
}

/** Bits that nothing has written are 0, also those that are not counted. */
function holds(condition: Condition, record: Uint8Array): boolean {
  return condition === null || condition.clbits.every((clbit, n) => (record[clbit] ?? 0) === Math.floor(condition.value / 2 ** n) % 2);
}
