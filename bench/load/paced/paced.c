/* An open model: requests leave at a constant rate, whether or not earlier ones were answered.
 *
 *     paced REQUESTS-PER-SECOND CONNECTIONS SECONDS FOLDER
 *
 * A latency counts from the moment at which the request was to leave, so a server that stalls is charged
 * for those that had to wait ("coordinated omission": https://github.com/giltene/wrk2). Every byte of every
 * response is checked. Why it was written: bench/load/README.md. */
#include "connections.h"
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

enum { DRAIN_SECONDS = 30 };

static struct exchange exchanges[MOST_EXCHANGES];

int main(int argc, char **argv) {
    if (argc != 5)
        errx(2, "REQUESTS-PER-SECOND CONNECTIONS SECONDS FOLDER");
    double rate = atof(argv[1]), seconds = atof(argv[3]);
    int count = atoi(argv[2]);
    int64_t total = (int64_t)(rate * seconds + 0.5);
    if (total < 1 || count < 1 || count > MOST_CONNECTIONS)
        errx(2, "a number is out of range");
    int kinds = read_exchanges(argv[4], exchanges);
    connections_prepare(count);
    int64_t sent = 0, late = 0, began = now(), deadline = began + (int64_t)((seconds + DRAIN_SECONDS) * SECOND);
    int could_send = 1;
    while (outcome.answered + outcome.failed < total && now() < deadline) {
        int64_t next = began + (int64_t)(sent / rate * SECOND);
        if (could_send && sent < total && now() - next > late)
            late = now() - next;
        while (sent < total && next <= now() && connections_idle()) {
            connections_begin(next, &exchanges[sent % kinds]);
            next = began + (int64_t)(++sent / rate * SECOND);
        }
        /* Without an idle connection the next request waits for a response, and its latency counts. */
        could_send = connections_idle();
        connections_wait(sent < total && could_send ? next - now() : SECOND / 10);
    }
    printf("{\"requests\": %ld, \"seconds\": %.6f, \"late_us\": %ld, ", outcome.answered, (now() - began) / 1e9,
           (long)(late / 1000));
    printf("\"errors\": {\"connect\": %ld, \"cut\": %ld, \"status\": %ld, \"wrong\": %ld, \"timeout\": %ld}, ",
           outcome.refused, outcome.cut, outcome.wrong_status, outcome.wrong_body,
           (long)(total - outcome.answered - outcome.failed));
    printf("\"histogram\": ");
    histogram_print(&outcome.latencies);
    puts("}");
    return 0;
}
