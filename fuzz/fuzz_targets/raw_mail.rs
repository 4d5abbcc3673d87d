//! Searches for octets that break what `properties::raw_mail` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::raw_mail::holds(data));
