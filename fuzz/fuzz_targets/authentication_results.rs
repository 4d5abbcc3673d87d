//! Searches for octets that break what `properties::authentication_results` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::authentication_results::holds(data));
