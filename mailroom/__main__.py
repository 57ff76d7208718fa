"""`python -m mailroom`: the same commands as `mailroom`."""

from mailroom.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
