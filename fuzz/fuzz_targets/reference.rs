//! Searches for octets that break what `properties::reference` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::reference::holds(data));
