#pragma once
#define SAMPLE_SIZE 1000
