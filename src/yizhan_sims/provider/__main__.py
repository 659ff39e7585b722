"""Start the provider: ``python -m yizhan_sims.provider --port 8090 --data DIR``.

The shared secret comes in ``PROVIDER_SECRET``. Prints ``ready`` and the address when it listens.
"""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from yizhan_sims.provider.server import Provider, build


async def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="yizhan_sims.provider")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--merchant", default="yizhan")
    parser.add_argument("--zone", default="Asia/Shanghai")
    given = parser.parse_args()
    given.data.mkdir(parents=True, exist_ok=True)
    secret = os.environ.get("PROVIDER_SECRET", "")
    if len(secret) < 16:
        sys.exit("Set PROVIDER_SECRET to at least 16 characters, the same as the merchant's.")
    base = f"http://{given.host}:{given.port}"
    one = Provider(given.data, secret=secret, merchant=given.merchant, zone=given.zone, base=base)
    server = Server(
        build(one),
        address=given.host,
        port=given.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, server.stop)
    print(f"ready {base}", flush=True)
    await server.serve()


asyncio.run(main())
