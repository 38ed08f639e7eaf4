import { answer, Refusal } from "~/api/client";

interface Told<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** A request that was refused because there were too many, with the seconds until the next may come. */
export class TooMany extends Error {
  constructor(
    readonly refusal: Refusal,
    readonly seconds: number,
  ) {
    super(refusal.message);
    this.name = "TooMany";
  }
}

/** As `answer`, and reads how long to wait where the server says so. Throws Refusal, TooMany. */
export async function answerInTime<T>(called: Promise<Told<T>>): Promise<T> {
  try {
    return await answer(called);
  } catch (problem) {
    if (!(problem instanceof Refusal) || problem.code !== "rate_limited") throw problem;
    const { response } = await called;
    throw new TooMany(problem, Number(response.headers.get("retry-after")) || 60);
  }
}
