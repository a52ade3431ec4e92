#!/bin/bash
# Makes xz-decoder-module.ts: liblzma's decoder as WebAssembly. `bash build.sh xz-5.8.1.tar.xz`, with the source archive of
# the xz project. Needs Debian 12's clang-14, lld-14, wasi-libc and libclang-rt-14-dev-wasm32; the same input gives the
# same bytes there.
set -euo pipefail
archive=$(realpath "$1")
here=$(cd "$(dirname "$0")" && pwd)
echo "0b54f79df85912504de0b14aec7971e3f964491af1812d83447005807513cd9e  $archive" | sha256sum --check --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xJf "$archive" -C "$work" --strip-components=1
cp "$here/xz-decoder.c" "$work"
cd "$work"

folders=(common liblzma/{api,common,check,lz,rangecoder,lzma,delta,simple})
sources=(
  check/{check,crc32_fast,crc64_fast,sha256}.c
  common/{common,block_util,filter_common,index_hash,stream_flags_common,vli_size,vli_decoder}.c
  common/{block_decoder,block_header_decoder,filter_decoder,filter_flags_decoder,stream_decoder,stream_flags_decoder}.c
  lz/lz_decoder.c lzma/{lzma_decoder,lzma2_decoder}.c delta/{delta_common,delta_decoder}.c
  simple/{simple_coder,simple_decoder,x86,arm,arm64,armthumb,powerpc,ia64,sparc,riscv}.c
)
features=(
  DECODERS DECODER_{LZMA1,LZMA2,DELTA,X86,ARM,ARM64,ARMTHUMB,POWERPC,IA64,SPARC,RISCV} CHECK_{CRC32,CRC64,SHA256}
  STDBOOL_H STDINT_H INTTYPES_H __BUILTIN_BSWAPXX
)
# 160 MiB is what two dictionaries of the largest size that is accepted take, in the worst order of blocks.
clang-14 --target=wasm32-wasi --sysroot=/usr -O2 -flto -fvisibility=hidden -mbulk-memory \
  -DNDEBUG -DSIZEOF_SIZE_T=4 -DTUKLIB_FAST_UNALIGNED_ACCESS -DTUKLIB_SYMBOL_PREFIX=lzma_ "${features[@]/#/-DHAVE_}" \
  "${folders[@]/#/-Isrc/}" xz-decoder.c "${sources[@]/#/src/liblzma/}" -nostartfiles \
  -Wl,--no-entry,--export=input_buffer,--export=output_buffer,--export=begin,--export=feed,--export=unread,--export=decode,--export=produced \
  -Wl,--strip-all,--lto-O3,-z,stack-size=65536,--max-memory=$((160 * 1024 * 1024)) -o xz-decoder.wasm

cat >"$here/xz-decoder-module.ts" <<EOF
/** liblzma 5.8.1 (0BSD), sha256 $(sha256sum <xz-decoder.wasm | cut -d' ' -f1). Made by build.sh, never by hand. */
export const XZ_DECODER_BASE64 =
  '$(base64 -w0 xz-decoder.wasm)';
EOF
