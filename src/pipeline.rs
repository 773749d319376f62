//! Export to scored rows, streamed.
