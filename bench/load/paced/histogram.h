/* Latencies in the buckets of an HDR histogram, within 0.8 %: http://hdrhistogram.org */
#pragma once
#include <stdint.h>

enum { SUB_BUCKETS = 128, BUCKETS = SUB_BUCKETS * 40 };

struct histogram {
    int64_t counts[BUCKETS];
};

void histogram_add(struct histogram *histogram, int64_t microseconds);
/* [[highest value of the bucket, count], …] */
void histogram_print(const struct histogram *histogram);
