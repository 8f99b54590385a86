// Changing the language: here at once, and kept with the agent for the next device.
import * as calls from '../api/calls'
import { changeLanguage, type Language } from '../i18n'

export async function speak(code: Language): Promise<void> {
  await changeLanguage(code)
  await calls.updateMe({ locale: code })
}
