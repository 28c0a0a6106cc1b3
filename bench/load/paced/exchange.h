/* What is sent and what has to come back: the files N.request, N.status and N.body or N.location of a folder. */
#pragma once
#include "response.h"

enum { MOST_EXCHANGES = 16 };

struct exchange {
    char *request;
    size_t length;
    struct expected expected;
};

/* Reads them all, N from 1; their number. Ends the program if there is none. */
int read_exchanges(const char *folder, struct exchange *exchanges);
