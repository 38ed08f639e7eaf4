"""The web app in Chromium, beside baselines in the same run.

Load: a first visit with an empty cache on a processor slowed four times: first contentful paint, time to interactive (the end of the
last long task before 500 ms of quiet, first contentful paint at least) and bytes of script, beside a picture that the same server hands
out. Interaction: how long a key waits for its frame, slowed and not. List: frame times while 10,000 jobs are scrolled through, beside the
same scrolling of a plain page. Pixel: from the commit of a job's update to the frame in which its new status stands on the page, beside
the arrival of the same event at a bare client.
"""

import argparse
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from bench.figures import machine, percentile, verdict
from bench.place import Place, started
from quapsule.client.logins import enter_through_socket
from quapsule.database.logins import owner_url

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]
_SLOWED = 4
_JOBS = 10_000

_WATCH_LOAD = """
globalThis.longTasks = [];
new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((one) => one.startTime + one.duration)))
  .observe({type: "longtask", buffered: true});
"""
_READ_LOAD = """() => {
  const scripts = performance.getEntriesByType("resource").filter((one) => new URL(one.name).pathname.endsWith(".js"));
  return {
    fcp: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
    tasks: globalThis.longTasks,
    transferred: scripts.reduce((sum, one) => sum + one.encodedBodySize, 0),
    unpacked: scripts.reduce((sum, one) => sum + one.decodedBodySize, 0),
  };
}"""
_WATCH_KEYS = """() => {
  globalThis.answers = [];
  addEventListener("keydown", (pressed) => {
    if (pressed.key !== "k") return;
    const look = () => {
      if (document.querySelector("dialog.palette[open]")) requestAnimationFrame(() => answers.push(performance.now() - pressed.timeStamp));
      else requestAnimationFrame(look);
    };
    look();
  }, true);
}"""
_SCROLL = """async ([selector, pixels, frames]) => {
  const box = selector === null ? document.scrollingElement : document.querySelector(selector);
  const times = [];
  let before = await new Promise(requestAnimationFrame);
  for (let n = 0; n < frames; n++) {
    box.scrollTop += pixels;
    const now = await new Promise(requestAnimationFrame);
    times.push(now - before);
    before = now;
  }
  return [times, box.scrollTop];
}"""
_WATCH_PIXELS = """() => {
  globalThis.pixels = [];
  let before = "";
  const look = () => {
    const badge = document.querySelector('.badge[data-status]');
    const status = badge?.dataset.status ?? "";
    // Read in a frame's beginning: what stands in the page now was painted at the end of the frame before, at the latest.
    if (status !== before) pixels.push([status, performance.timeOrigin + performance.now()]);
    before = status;
    requestAnimationFrame(look);
  };
  look();
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=7)
    parser.add_argument("--updates", type=int, default=100)
    options = parser.parse_args()
    print(machine())
    with (
        started(warm_frameworks="openqasm") as place,
        psycopg.connect(owner_url(place.settings), autocommit=True) as owner,
        browsing() as browser,
    ):
        measure_load(place, browser, options.loads)
        measure_answer(place, browser)
        measure_list(place, browser, owner)
        measure_pixel(place, browser, owner, options.updates)


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def measure_load(place: Place, browser: Browser, loads: int) -> None:
    print(f"\nload: empty cache, processor slowed {_SLOWED} times, medians of {loads}")
    bare = [first_visit(browser, place.running.url + "/mark.svg") for _ in range(loads)]
    base = statistics.median(one["fcp"] for one in bare if one["fcp"] is not None)
    print(f"{'a picture of the same server':<34} first paint {base:7.0f} ms")
    for path in ("/sign-in", "/backends", "/verify", "/run"):  # the last with the editor, which its page loads after it has painted
        seen = [first_visit(browser, place.running.url + path) for _ in range(loads)]
        paint, ready = (statistics.median(one[name] for one in seen) for name in ("fcp", "tti"))
        packed, unpacked = (statistics.median(one[name] for one in seen) / 1000 for name in ("transferred", "unpacked"))
        print(
            f"{path:<34} first paint {paint:7.0f} ms ({paint / base:.1f} x)   interactive {ready:7.0f} ms"
            f"   scripts {packed:6.1f} kB sent, {unpacked:.0f} kB unpacked"
        )


def measure_answer(place: Place, browser: Browser) -> None:
    """A key, until the frame after the command palette stands open; twice, since a slowed processor is only so much slower."""
    print("\ninteraction: Ctrl K → the palette painted")
    medians = []
    for slowed in (1, _SLOWED):
        with visiting(place, browser) as page:
            page.goto(f"{place.running.url}/jobs")
            page.locator("h1").wait_for()
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
            page.evaluate(_WATCH_KEYS)
            for _ in range(20):
                page.keyboard.press("Control+k")
                page.wait_for_timeout(250)
                page.keyboard.press("Escape")
                page.wait_for_timeout(100)
            times = page.evaluate("() => answers")
        medians.append(statistics.median(times))
        print(f"{f'processor slowed {slowed} x':<34} p50 {medians[-1]:5.1f} ms   p95 {percentile(times, 0.95):5.1f} ms   n={len(times)}")
    print(f"{'slowed / not':<34} {medians[1] / medians[0]:5.2f} x")


def first_visit(browser: Browser, url: str) -> dict[str, Any]:
    context = browser.new_context()
    try:
        page = context.new_page()
        slow_down(context.new_cdp_session(page))
        page.add_init_script(_WATCH_LOAD)
        page.goto(url, wait_until="networkidle")
        page.wait_for_timeout(600)
        seen: dict[str, Any] = page.evaluate(_READ_LOAD)
        return {**seen, "tti": interactive(seen["fcp"] or 0.0, seen["tasks"])}
    finally:
        context.close()


def slow_down(session: CDPSession) -> None:
    session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWED})


def interactive(paint: float, ends: list[float]) -> float:
    """The end of the last long task that was followed by 500 ms of quiet; the first paint when none was long."""
    ready = paint
    for end in sorted(ends):
        if end - ready > 500:
            break
        ready = max(ready, end)
    return ready


def measure_list(place: Place, browser: Browser, owner: psycopg.Connection[Any]) -> None:
    print(f"\nlist of {_JOBS:,} jobs: frame times while it is scrolled through")
    add_jobs(owner, _JOBS)
    with visiting(place, browser) as page:
        page.goto(f"{place.running.url}/jobs")
        page.locator(".rows-link").first.wait_for()
        # Down to the end first, page by page, as the rows arrive; then the frames of a fast read through all of them.
        for _ in range(_JOBS // 200 + 50):
            page.evaluate("() => { const box = document.querySelector('.rows-body'); box.scrollTop = box.scrollHeight; }")
            page.wait_for_timeout(60)
        count = int(page.locator(".rows").get_attribute("aria-rowcount") or 0) - 1
        page.evaluate("() => { document.querySelector('.rows-body').scrollTop = 0; }")
        page.wait_for_timeout(300)
        rows, reached = page.evaluate(_SCROLL, [".rows-body", 900, 400])
        in_page = page.locator(".rows-body [role=row]").count()
        page.goto("about:blank")
        page.set_content("<body>" + "".join(f"<p>row {n}</p>" for n in range(_JOBS)) + "</body>")
        plain, _ = page.evaluate(_SCROLL, [None, 900, 400])
    print(f"{count:,} rows loaded, {in_page} of them in the page, scrolled {reached:,.0f} px")
    for name, times in (("the list", rows), ("a plain page", plain)):
        over, p50, p95 = sum(one > 34 for one in times), statistics.median(times), percentile(times, 0.95)
        print(f"{name:<20} p50 {p50:5.1f} ms   p95 {p95:5.1f} ms   max {max(times):5.1f} ms   over two frames: {over}")
    print(verdict("p95 beside the plain page", percentile(rows, 0.95) / percentile(plain, 0.95), 2, at_least=False))


def measure_pixel(place: Place, browser: Browser, owner: psycopg.Connection[Any], updates: int) -> None:
    print(f"\ncommit → pixel: {updates} updates of one job, one at a time")
    job = add_jobs(owner, 1, "queued")  # accepted elsewhere: no worker of ours takes it
    arrived: dict[int, float] = {}
    told = threading.Event()

    def listen() -> None:
        for _, data, _ in place.events():
            if data.get("id") == job:
                arrived[len(arrived)] = time.time()
                told.set()

    threading.Thread(target=listen, daemon=True).start()
    committed: list[float] = []
    with visiting(place, browser) as page:
        page.goto(f"{place.running.url}/jobs/{job}")
        page.locator(".badge[data-status]").first.wait_for()
        page.wait_for_timeout(1000)
        page.evaluate(_WATCH_PIXELS)
        arrived.clear()  # of its making
        for n in range(updates):
            told.clear()
            committed.append(time.time())
            owner.execute("update public.job_runs set status = %s where id = %s", ("running" if n % 2 == 0 else "queued", job))
            told.wait(5)
            page.wait_for_timeout(60)
        page.wait_for_timeout(500)
        seen = [at / 1000 for _, at in page.evaluate("() => pixels")[1:]]
    if len(seen) != updates or len(arrived) < updates:
        raise SystemExit(f"of {updates} updates the page showed {len(seen)} and the bare client {len(arrived)}")
    pixel = [(at - begun) * 1000 for at, begun in zip(seen, committed, strict=True)]
    wire = [(arrived[n] - begun) * 1000 for n, begun in enumerate(committed)]
    for name, values in (("a bare client", wire), ("the page", pixel)):
        print(f"{name:<20} p50 {statistics.median(values):5.1f} ms   p95 {percentile(values, 0.95):5.1f} ms   max {max(values):5.1f} ms")
    print(verdict("page / bare client, p50", statistics.median(pixel) / statistics.median(wire), 4, at_least=False))
    print(f"p95 of the page: {percentile(pixel, 0.95):.0f} ms (wanted <= 150: {'held' if percentile(pixel, 0.95) <= 150 else 'NOT HELD'})")


@contextmanager
def visiting(place: Place, browser: Browser) -> Iterator[Page]:
    """The platform's owner at the app."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.goto(f"{place.running.url}/verify")
        status = page.evaluate(
            """async (token) => (await fetch("/api/auth/refresh", {method: "POST", body: '{"cookie": true}',
              headers: {authorization: `Bearer ${token}`, "content-type": "application/json"}})).status""",
            enter_through_socket(place.settings.run_dir / "entry.sock"),
        )
        if status != 200:
            raise RuntimeError(f"the browser was not let in: {status}")
        yield page
    finally:
        context.close()


def add_jobs(owner: psycopg.Connection[Any], count: int, status: str = "completed") -> str:
    """Jobs of the first account's team, as if they had been; the id of one."""
    row = owner.execute(
        """
        with own as (select m.team_id, m.user_id from public.team_members as m order by m.created_at limit 1),
             made as (
               insert into public.job_runs (team_id, user_id, backend, status, inline_code, framework, parameters, created_at)
               select own.team_id, own.user_id, 'local', %s, 'qubit q;', 'openqasm', '{"shots": 1000}'::jsonb,
                      now() - make_interval(secs => n)
                 from own, generate_series(%s, 1, -1) as n
               returning id)
        select id from made limit 1
        """,
        (status, count),
    ).fetchone()
    assert row is not None
    return str(row[0])


if __name__ == "__main__":
    main()
