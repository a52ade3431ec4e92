/*
 * The part of liblzma that a reader of .xz files needs, as a WebAssembly module without imports: it can do nothing but
 * compute in its own memory. One module instance decodes one file at a time. Made by build.sh.
 */
#include <lzma.h>
#include <stdint.h>

#define BUFFER_BYTES 65536

static uint8_t input[BUFFER_BYTES];
static uint8_t output[BUFFER_BYTES];
static lzma_stream stream = LZMA_STREAM_INIT;

/* Where up to 64 KiB of compressed bytes are put before feed(). */
uint8_t *input_buffer(void) { return input; }

/* Where decode() leaves produced() bytes. */
uint8_t *output_buffer(void) { return output; }

/* Begins a file, whatever became of the one before. Gives an lzma_ret. */
int begin(uint32_t memory_limit) {
  return lzma_stream_decoder(&stream, memory_limit, LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK);
}

/* Only when unread() is 0. */
void feed(uint32_t length) {
  stream.next_in = input;
  stream.avail_in = length;
}

uint32_t unread(void) { return (uint32_t)stream.avail_in; }

/* Goes on until the input is used up or the output full. Gives an lzma_ret. */
int decode(int is_last_input) {
  stream.next_out = output;
  stream.avail_out = BUFFER_BYTES;
  return lzma_code(&stream, is_last_input ? LZMA_FINISH : LZMA_RUN);
}

uint32_t produced(void) { return BUFFER_BYTES - (uint32_t)stream.avail_out; }
