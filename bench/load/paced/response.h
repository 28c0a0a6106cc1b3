/* Reads one HTTP/1.1 response as it comes in, and holds it against the expected one, byte for byte. */
#pragma once
#include <stddef.h>

/* Either every byte of the body, or what the Location begins with (the answer to a form differs each time). */
struct expected {
    int status;
    const char *body, *location;
    size_t length;
};

enum state { HEAD, BODY, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER, UNTIL_CLOSE, DONE };

struct response {
    enum state state;
    size_t head_length, line_length, received, left;
    int wrong_status, wrong_body, closes;
    char head[16384], line[64];
};

void response_begin(struct response *response);
/* Takes bytes; afterwards the state is DONE if the response is complete. */
void response_feed(struct response *response, const struct expected *expected, const char *bytes, size_t count);
/* The connection has ended: whether the response is complete by that. */
int response_end(struct response *response, const struct expected *expected);
