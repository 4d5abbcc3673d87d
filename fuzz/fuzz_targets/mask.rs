//! Searches for octets that break what `properties::mask` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::mask::holds(data));
