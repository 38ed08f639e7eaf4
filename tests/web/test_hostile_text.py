"""Text that tries to become markup, in every field that people write and on every page that shows it."""

from collections.abc import Iterator

import pytest
from tests.story.house import House
from tests.web.conftest import Visit
from tests.web.site import Visitor

HOSTILE = (
    "<script>window.hit=1</script>",
    "<img src=x onerror=\"window.hit=1\">",
    "\"><svg/onload=window.hit=1>",
    "javascript:window.hit=1",
    "</title></textarea></style><iframe srcdoc='<script>parent.hit=1</script>'>",
    "{{constructor.constructor('window.hit=1')()}}${window.hit=1}",
    "<a href=\"javascript:window.hit=1\">x</a><form action=javascript:window.hit=1><button>go",
    "\u202e<b>\u2028</b>\u0007&lt;img src=x onerror=window.hit=1&gt;",
)  # fmt: skip


@pytest.mark.parametrize("n", range(2))
def test_no_page_runs_what_people_wrote(visit: Visit, house: House, n: int) -> None:
    """Four strings at a time, so that each field holds each of them once in the two runs of the default suite's cases."""
    with visit() as mallory:
        words = HOSTILE[n * 4 : n * 4 + 4]
        pages = list(fill(mallory, house, words))
        shown = 0
        for path in pages:
            page = mallory.open(path)
            page.wait_for_timeout(150)
            page.keyboard.press("Control+k")
            page.keyboard.press("Escape")
            assert page.evaluate("() => window.hit === undefined && frames.length === 0"), path
            text = page.locator("body").inner_text() + "".join(
                page.locator("input, textarea").evaluate_all("all => all.map(one => one.value)")
            )
            shown += any(word[:12] in text for word in words)
        # As text it must be there, else this test looked at nothing.
        assert shown >= len(pages) * 2 // 3, (shown, len(pages))


def fill(person: Visitor, house: House, words: tuple[str, ...]) -> Iterator[str]:
    """Writes the words wherever a person may write; yields the pages that show them."""
    http = person.http
    assert http is not None

    def post(path: str, **body: object) -> dict[str, object]:
        answer = http.post(path, json=body)
        assert answer.status_code < 300, (path, answer.text)
        return dict(answer.json())

    first, second, third, fourth = words
    team = str(person.team)
    assert http.patch(f"/api/teams/{team}", json={"name": first[:90]}).status_code == 200
    # Control characters may be refused in names; what is refused reaches no page.
    house.owner.execute(
        "update auth.users set raw_user_meta_data = jsonb_build_object('name', %s::text) where id = %s", (second, person.user)
    )
    post("/api/keys", name=third[:80], level="read")
    yield "/team/members"
    yield "/team/keys"
    yield "/team/usage"
    yield "/account"
    summary = f"{{'_summary': {{{third!r}: {fourth!r}}}, {first!r}: {second!r}}}"
    code = f"# {fourth}\nprint({first!r})\nprint({second!r})\ndef main(params):\n    return {summary}\n"
    script = post("/api/scripts/upload", name=second[:90], description="\n".join(words), script_content=code, framework="qiskit")
    yield "/scripts?library=mine"
    yield f"/scripts/{script['script_id']}"
    yield f"/run?script={script['script_id']}"
    body = {"inline_code": code, "framework": "qiskit", "backend": "local", "params": {"shots": 10, "note": third}}
    job = str(post("/api/jobs/submit", **body, create_capsule=True, capsule_name=third[:90])["job_id"])
    bad = str(post("/api/jobs/submit", **{**body, "inline_code": f"raise ValueError({first!r})"})["job_id"])
    for one in (job, bad):
        while http.get(f"/api/jobs/{one}/status", params={"wait": 20}).json()["status"] in ("pending", "queued", "running"):
            pass
    yield "/jobs"
    yield f"/jobs/{job}"
    yield f"/jobs/{bad}"
    yield f"/jobs/compare?a={job}&b={bad}"
    capsule = str(http.get(f"/api/jobs/{job}").json()["capsule_id"])
    assert http.patch(f"/api/capsules/{capsule}", json={"description": fourth, "custom_metadata": {first: second}}).status_code == 200
    post(f"/api/capsules/{capsule}/artifacts", name="data/note.txt", artifact_type="data", content_text="\n".join(words))
    yield "/capsules"
    yield f"/capsules/{capsule}"
