//! Documents of the operator as sections that can be found.
