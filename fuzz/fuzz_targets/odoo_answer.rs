//! Searches for octets that break what `properties::odoo_answer` promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::odoo_answer::holds(data));
