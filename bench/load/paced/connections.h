/* The connections: each sends one request at a time and is opened when it is first needed, or again. */
#pragma once
#include "exchange.h"
#include "histogram.h"

enum { SECOND = 1000000000, MOST_CONNECTIONS = 1024 };

/* What became of the requests; timeouts are those that are in none of these. */
struct outcome {
    long answered, failed, wrong_status, wrong_body, refused, cut;
    struct histogram latencies;
};
extern struct outcome outcome;

/* Nanoseconds of a clock that only goes forward. */
int64_t now(void);
void connections_prepare(int count);
/* Whether one of them is free. */
int connections_idle(void);
/* Sends the request; its latency counts from ``intended``. One of them has to be free. */
void connections_begin(int64_t intended, const struct exchange *exchange);
/* Waits for bytes, at most so many nanoseconds, and takes them. */
void connections_wait(int64_t nanoseconds);
