/** Foreign bytes are not what they should be. The message says where, in the words of the format's specification. */
export class Malformed extends Error {
  override name = "Malformed";
}
