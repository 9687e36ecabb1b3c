/** A style sheet of the extras, as text. */
declare module "*.css" {
  const text: string;
  export default text;
}
