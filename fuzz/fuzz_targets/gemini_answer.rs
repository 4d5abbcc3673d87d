//! Searches for octets that break what `properties::gemini_answer` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::gemini_answer::holds(data));
