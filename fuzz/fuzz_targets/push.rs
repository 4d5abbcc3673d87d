//! Searches for octets that break what `properties::push` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::push::holds(data));
