"""`python -m quapsule.worker`: one worker process."""

from quapsule.worker.main import main

if __name__ == "__main__":
    raise SystemExit(main())
