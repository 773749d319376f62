//! The part of the protocol buffer format that an ONNX file needs: a writer of fields, nothing else.

/// A message that is being written.
#[derive(Debug, Default)]
pub(super) struct Message(Vec<u8>);

impl Message {
    /// Appends an integer field.
    pub(super) fn integer(&mut self, field: u8, value: u64) {
        self.0.push(field << 3);
        self.varint(value);
    }

    /// Appends a single-precision field.
    pub(super) fn float(&mut self, field: u8, value: f32) {
        self.0.push(field << 3 | 5);
        self.0.extend(value.to_le_bytes());
    }

    /// Appends a text.
    pub(super) fn text(&mut self, field: u8, text: &str) {
        self.bytes(field, text.as_bytes());
    }

    /// Appends bytes.
    pub(super) fn bytes(&mut self, field: u8, bytes: &[u8]) {
        // Field numbers below 32 with a three-bit type may need two bytes.
        self.varint(u64::from(field) << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Appends a message within this one.
    pub(super) fn message(&mut self, field: u8, message: &Self) {
        self.bytes(field, &message.0);
    }

    /// Appends an integer field whose number does not fit into one byte with its type.
    pub(super) fn far_integer(&mut self, field: u8, value: u64) {
        self.varint(u64::from(field) << 3);
        self.varint(value);
    }

    /// Returns the message as bytes.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_format_says() {
        let mut inner = Message::default();
        inner.text(2, "testing");
        let mut message = Message::default();
        message.integer(1, 150);
        message.message(3, &inner);
        message.float(2, 1.0);
        message.far_integer(20, 1);
        let expected = [
            &[0x08, 0x96, 0x01][..],
            &[0x1a, 0x09, 0x12, 0x07],
            b"testing",
            &[0x15, 0, 0, 0x80, 0x3f],
            &[0xa0, 0x01, 0x01],
        ];
        assert_eq!(message.into_bytes(), expected.concat());
    }
}
