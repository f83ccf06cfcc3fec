"""`python -m services.web`: reads settings and campaigns, then answers the internet."""

from __future__ import annotations

import argparse
import logging
import sys

from flows import settings
from flows.adapters.campaign_files import UnsoundCampaign, read_campaigns
from flows.adapters.language_files import read_languages
from services.serving import serve
from services.web.app import create_app


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        app = create_app(settings.load(), read_campaigns(), read_languages())
    except (settings.WrongSetting, UnsoundCampaign) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    serve(
        app,
        host=arguments.host,
        port=arguments.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=arguments.forwarded_allow_ips,
        # Longer than Caddy keeps an idle connection: otherwise it may send a POST into one that closes.
        timeout_keep_alive=130,
        timeout_graceful_shutdown=10,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.web", description=__doc__)
    parser.add_argument("--host", default="0.0.0.0")  # noqa: S104 - in its container; Caddy alone is published
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--forwarded-allow-ips",
        default="127.0.0.1",
        help="addresses or networks, separated by commas, whose X-Forwarded-For is believed: the proxy's",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
