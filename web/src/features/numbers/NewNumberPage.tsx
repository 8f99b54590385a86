export function NewNumberPage() {
  return null
}
