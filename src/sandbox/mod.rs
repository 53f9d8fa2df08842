//! Private servers for the demo, the bench and the tests.
