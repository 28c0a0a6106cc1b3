// Asks a gateway, and always comes back with an answer: {ok, data} or {ok, absent, why}.

const TIMEOUT_MS = 4000;
// A browser opens six connections to one host: gateways that hang must not use up all of them,
// with the list and the comparison asking at the same time.
const AT_ONCE = 3;

const WHY = { TimeoutError: `nothing in ${TIMEOUT_MS / 1000}\u00a0s`, SyntaxError: "not JSON" };

export const text = (response) => response.text();

export async function json(response) {
  const data = await response.json();
  if (typeof data !== "object" || data === null) throw new SyntaxError("not an object");
  return data;
}

export async function ask(path, read) {
  try {
    // Without cookies: the comparison is about gateways, not about who is logged in where.
    const response = await fetch(path, {
      cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return { ok: true, data: await read(response) };
    // Set by the portal's nginx, so that a gateway's own 502 is not taken for its absence.
    const absent = /destination_unavailable/.test(response.headers.get("Proxy-Status") ?? "");
    return { ok: false, absent, why: `HTTP ${response.status}` };
  } catch (error) {
    return { ok: false, absent: false, why: WHY[error.name] ?? "connection failed" };
  }
}

export async function forEachAtOnce(items, work) {
  const queue = [...items];
  const worker = async () => {
    while (queue.length) await work(queue.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
