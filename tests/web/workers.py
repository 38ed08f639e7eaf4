"""The page's simulators as they were built, asked past the pages."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

OURS, PEER = "statevector.worker", "quantum-circuit.worker"
# One program after the other; of each, what the worker told last.
_ASK = """async ([address, asked]) => {
  const worker = new Worker(address, {type: "module"});
  const ends = [];
  for (const one of asked) {
    ends.push(await new Promise((resolve, reject) => {
      worker.onerror = (event) => reject(new Error(event.message));
      worker.onmessage = ({data}) => data.kind !== "progress" && resolve(data);
      worker.postMessage(one);
    }));
  }
  worker.terminate();
  return ends;
}"""


def ask(page: Page, built: Path, worker: str, programs: Sequence[str], *, shots: int, seed: int) -> list[dict[str, Any]]:
    """What `worker` of the app that is built there told of each: {kind: done, simulated} or {kind: refused, facts}. `page`: any of it."""
    (script,) = (built / "assets").glob(f"{worker}-*.js")
    asked = [{"qasm": qasm, "shots": shots, "seed": seed} for qasm in programs]
    told: list[dict[str, Any]] = page.evaluate(_ASK, [f"/assets/{script.name}", asked])
    return told
