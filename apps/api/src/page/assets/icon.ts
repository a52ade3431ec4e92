/** The mark of the service, for the tab of a browser. */
export const ICON_TEXT = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path fill="#0a5a58" d="M12 2 21 7v10l-9 5-9-5V7z"/><path fill="#79d0c6" d="M12 12 21 7 12 2 3 7z"/></svg>
`;
