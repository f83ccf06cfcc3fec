"""Methods and targets: whose they are, and which are nobody's."""

from __future__ import annotations

_TOKEN = "abc.DEF_1-2"
_RUN = "00000000-0000-0000-0000-000000000000"


def _rows(method: str, *targets: str) -> list[tuple[str, str]]:
    return [(method, target) for target in targets]


#: The public routes, and what web answers to a body of `{}` that nobody signed.
WEB = {
    ("POST", "/api/flow_runs/"): 415,
    ("POST", "/api/flow_runs"): 415,
    ("POST", "/api/flow_runs/?x=1"): 415,
    ("POST", "https://localhost/api/flow_runs/"): 415,
    ("POST", "http://localhost/api/flow_runs/"): 415,
    ("POST", "https:/api/flow_runs/"): 415,
    ("OPTIONS", "/api/flow_runs/"): 204,
    ("OPTIONS", "/api/flow_runs"): 204,
    ("GET", f"/unsubscribe/{_TOKEN}"): 404,
    ("HEAD", f"/unsubscribe/{_TOKEN}"): 404,
    ("POST", f"/unsubscribe/{_TOKEN}"): 404,
    ("GET", "/unsubscribe/.starts-with-a-dot"): 404,
    ("GET", f"/confirm/{_TOKEN}"): 404,
    ("HEAD", f"/confirm/{_TOKEN}"): 404,
    ("POST", f"/confirm/{_TOKEN}"): 404,
    ("GET", f"/view/{_TOKEN}"): 404,
    ("HEAD", f"/view/{_TOKEN}"): 404,
    ("POST", "/events/resend"): 401,
    ("POST", "/events/cal"): 401,
    ("POST", "/events/calendly"): 401,
    ("GET", "/healthz"): 200,
    ("HEAD", "/healthz"): 200,
}

#: What the operator's browser asks for.
OPERATOR = [
    *_rows("GET", "/", "/v2", "/v2/", "/campaigns", "/campaigns.json?x=1", "/metrics", "/v2/dashboard", "/v2/assets/index-a_b-1.js", f"/v2/runs/flow-run/{_RUN}?tab=Logs",
           "/public-api/openapi.json", "/favicon.ico", "/favicon-dark.ico", "/ico/android-chrome-192x192.png",
           "/api/admin/version", "/api/admin/settings", "/api/health", f"/api/flow_runs/{_RUN}", "/api/flow_runs/0/graph-v2",
           "/api/events/filter/next?page-token=x", "/api/automations/related-to/prefect.flow.0",
           "/api/block_types/slug/x", "/api/collections/views/aggregate-worker-metadata",
           "/api/flow_run_states/?flow_run_id=0"),
    *_rows("POST", "/api/flow_runs/filter", "/api/flow_runs/paginate", "/api/flow_runs/count", "/api/flow_runs/0/set_state",
           "/api/flows/paginate", "/api/task_runs/filter", "/api/task_runs/count", "/api/logs/filter", "/api/events/filter",
           "/api/events/count-by/day", "/api/work_pools/filter", "/api/work_pools/", "/api/work_pools/p/workers/filter",
           "/api/work_pools/p/queues/filter", "/api/work_queues/filter", "/api/deployments/0/create_flow_run",
           "/api/artifacts/latest/filter", "/api/block_documents/", "/api/block_schemas/filter",
           "/api/concurrency_limits/tag/t/reset", "/api/v2/concurrency_limits/filter", "/api/variables/",
           "/api/ui/flows/next-runs"),
    ("DELETE", "/api/work_pools/p/workers/w%20x"),
    ("PATCH", "/api/work_pools/my%20pool"),
    ("PUT", "/api/admin/storage"),
]  # fmt: skip

#: Nobody's, whoever asks: strange methods, spellings of the public routes, other people's routes, workers' routes.
DENIED = [
    *[(method, "/api/flow_runs/") for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "TRACE", "FOO", "post", "Post",
                                                 "PROPFIND", "QUERY", "PRI")],
    *_rows("GET", "/api/flow_runs"),
    *_rows("POST", "//api/flow_runs/", "/api//flow_runs/", "/api/flow_runs//", "/api/./flow_runs/", "/x/../api/flow_runs/",
           "/api/flow_runs/.", "/api/flow_runs/..", "/api/flow_runs/x/..", "/api/%66low_runs/", "/%61pi/flow_runs/",
           "/api%2fflow_runs/", "/api%2Fflow_runs%2F", "/api/flow_runs%2F", "/api/%2e%2e/api/flow_runs/",
           "/api/flow%5fruns/", "/api/%2566low_runs/", "/API/flow_runs/", "/api/Flow_Runs/", "/api/flow_runs;x=1/",
           "/api/flow_runs/;x", "/api\\flow_runs\\", "/api%5cflow_runs%5c", "/api/flow_runs%00", "/api/flow_runs/%00",
           "/api/flow_runs%20", "/api/flow_runs%0d%0aX:1", "/api/flow_runs%23", "/api/flow_runs%3f", "/api/flow_runs%09",
           "/api/flow_runs/%2e", "/api/flow_runs/%2e%2e/flow_runs", "/api/.%2e/api/flow_runs/", "/api/flow_runs%252f",
           "/api/flow_runs%c0%af", "/api/flow_runs%ff", "/api/flow_runs%u002f", "/api/flow_runs%", "/api/flow_runs%2",
           "/api/flow_runs\xa0", "/api/flow%5Fruns", "/api/flow-runs/", "/api/flow_runs.json",
           "/v1/api/flow_runs/",
           "http://localhost//api/flow_runs/", "https://localhost/api/../api/flow_runs/",
           "localhost/api/flow_runs/", "*", "\\api\\flow_runs"),
    *_rows("POST", "/api/flows", "/api/flows//", "/api/deployments"),
    *_rows("GET", "/unsubscribe", "/unsubscribe/", f"/unsubscribe/{_TOKEN}/", f"/unsubscribe/{_TOKEN}/x",
           "/unsubscribe/a%2fb", "/unsubscribe/..", "/unsubscribe/../healthz", "/unsubscribe/%2e%2e",
           "/unsubscribe/" + "a" * 513, "/unsubscribe/a%00b"),
    *_rows("GET", "/confirm", "/confirm/", f"/confirm/{_TOKEN}/", f"/confirm/{_TOKEN}/x", "/confirm/a%2fb", "/confirm/..",
           "/confirm/../healthz", "/confirm/" + "a" * 513, "/confirm/a%00b", f"/Confirm/{_TOKEN}"),
    *[(method, f"/confirm/{_TOKEN}") for method in ("PUT", "PATCH", "DELETE", "OPTIONS")],
    *[(method, f"/unsubscribe/{_TOKEN}") for method in ("PUT", "PATCH", "DELETE", "OPTIONS")],
    *_rows("GET", "/view", "/view/", f"/view/{_TOKEN}/", f"/view/{_TOKEN}/x", "/view/..", "/view/a%2fb", "/View/a",
           "/view/" + "a" * 513),
    *[(method, f"/view/{_TOKEN}") for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")],
    *_rows("GET", "/events/resend", "/events/cal", "/events/calendly", "/healthz/", "/healthz/x", "/HEALTHZ"),
    *_rows("POST", "/events/resend/", "/events/cal/", "/events/cal.com", "/events/calendly/x", "/events/", "/events/other", "/Events/resend", "/healthz"),
    *_rows("GET", "/docs", "/redoc", "/openapi.json", "/api/docs", "/api/openapi.json", "/api/redoc", "/api/health/", "/api/healthz",
           "/api/ready", "/api/version", "/api/hello", "/api/metrics", "/campaigns/", "/campaigns/x", "/campaigns.html", "/campaignsXjson", "/Campaigns", "/metrics/x", "/api/csrf-token?client=1", "/api",
           "/api/", "/api/static/x", "/ui-settings/x", "/api/ui-settings", "/api/metrics/", "/metrics/", "/docs/", "/api/docs/",
           "/docs/oauth2-redirect", "/openapi.json/", "/public-api/", "/public-api/openapi.json/", "/public-api/openapi_json", "/api/v2/openapi.json", "/%64ocs", "/ui-settings%00",
           "/ui%2dsettings", "/api/health%2f", "/api/health;x", "/api/./health", "/api//health", "/API/health",
           "/api/health/x", "/api/%68ealth", "/server-status", "/actuator/health", "/graphql", "/debug/pprof/", "/config/", "/.env", "/.git/config", "/robots.txt", "/index.html",
           "/assets/x.js", "/v1/", "/v20", "/V2/", "/v2/../api/health", "/v2/..%2fapi/health", "/v2/%2e%2e/api/health",
           "/v2/x;y", "/ui-settings/", "/UI-settings"),
    *[("OPTIONS", "/"), ("TRACE", "/"), ("CONNECT", "localhost:443"), ("OPTIONS", "/api/deployments/filter")],
    *_rows("POST", "/api/work_pools/p/get_scheduled_flow_runs", "/api/work_pools/p/get_scheduled_flow_runs/",
           "/api/work_pools/p/workers/heartbeat", "/api/work_pools/p/workers/heartbeat/",
           "/api/work_pools/p/workers/%68eartbeat", "/api/work_pools/p%2fworkers%2fheartbeat",
           "/api/work_pools/p%2Fget_scheduled_flow_runs", "/api/work_pools//p/workers/heartbeat", "/api/events",
           "/api/events/", "/api/logs", "/api/logs/", "/api/work_queues/x/get_runs",
           "/api/deployments/get_scheduled_flow_runs", "/api/task_runs/", "/api/v2/concurrency_limits/increment",
           "/api/v2/concurrency_limits/leases/x/renew", "/api/concurrency_limits/decrement"),
    *_rows("GET", "/api/events/in", "/api/events/out", "/api/logs/out", "/api/task_runs/subscriptions/scheduled",
           "/api/work_pools/p/workers/connect"),
]  # fmt: skip

#: What would become a websocket, if anything did.
UPGRADED = ["/api/events/in", "/api/events/out", "/api/logs/out", "/api/task_runs/subscriptions/scheduled",
            "/api/work_pools/p/workers/connect", "/healthz", "/v2/", "/api/admin/version"]  # fmt: skip
