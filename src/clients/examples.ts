/** A request as the page for developers shows it, and as a test sends it. */
export interface Example {
  readonly name: string;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What it answers when all is well. */
  readonly status: number;
}

const JSON_BODY = { "content-type": "application/json" };

/** The requests that the page for developers shows, by its sections. */
export const EXAMPLES: Readonly<
  Record<"keys" | "single" | "batch" | "follow" | "webhooks" | "hotline", readonly Example[]>
> = {
  keys: [{ name: "self", method: "GET", path: "/api/v1/client", status: 200 }],
  single: [
    {
      name: "single",
      method: "POST",
      path: "/api/v1/reports",
      headers: { ...JSON_BODY, "idempotency-key": "case-4711" },
      body: '{"category":"F2","description":"A customer was made to pay +230 5250 1234.","transfers":[{"amount":"1500.00","currency":"MUR","at":"2026-05-04T10:00:00Z"}]}',
      status: 201,
    },
  ],
  batch: [
    {
      name: "batch",
      method: "POST",
      path: "/api/v1/reports/batch",
      headers: { "content-type": "application/x-ndjson", "idempotency-key": "night-1" },
      body: '{"category":"F2","description":"first"}\n{"category":"F8","description":"second"}\n',
      status: 200,
    },
    { name: "progress", method: "GET", path: "/api/v1/reports/batch/night-1", status: 200 },
    { name: "answers", method: "GET", path: "/api/v1/reports/batch/night-1/answers?from=2", status: 200 },
    {
      name: "resume",
      method: "POST",
      path: "/api/v1/reports/batch?from=3",
      headers: { "content-type": "application/x-ndjson", "idempotency-key": "night-1" },
      body: '{"category":"F2","description":"third"}\n',
      status: 200,
    },
  ],
  follow: [{ name: "reports", method: "GET", path: "/api/v1/client/reports?limit=100", status: 200 }],
  webhooks: [
    {
      name: "endpoint",
      method: "POST",
      path: "/api/v1/client/endpoints",
      headers: JSON_BODY,
      body: '{"url":"https://bank.example/comity","events":["report.received","report.state","report.message"]}',
      status: 201,
    },
  ],
  hotline: [{ name: "hotline", method: "GET", path: "/hotline/v1/status", status: 200 }],
};

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** The request as a command that one can copy. */
export function commandOf({ method, path, headers = {}, body }: Example, base: string): string {
  const parts = [
    `curl ${method === "GET" ? "" : `-X ${method} `}${quoted(base + path)}`,
    `-H "Authorization: Bearer $KEY"`,
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [`--data-binary ${quoted(body)}`]),
  ];
  return parts.join(" \\\n  ");
}
